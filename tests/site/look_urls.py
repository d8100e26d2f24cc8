"""The site's addresses with the style guide, which is otherwise only there in debug and demo mode."""

from django.urls import path

from jingwu.site import urls
from jingwu.site.views import style_guide
from jingwu.terms.refusal import ChangedMeanwhile

handler404, handler500 = urls.handler404, urls.handler500


def refuse(request):
    raise ChangedMeanwhile("plan.approved", "方案已由另一人批准。", "Somebody else has approved the plan.")


def fail(request):
    raise RuntimeError("a programmer's error")


urlpatterns = [
    *(one for one in urls.urlpatterns if getattr(one, "name", "") not in ("look", "look-face")),
    path("_look/refuse/", refuse),
    path("_look/fail/", fail),
    path("_look/", style_guide.desk, name="look"),
    path("_look/<str:face>/", style_guide.face, name="look-face"),
]
