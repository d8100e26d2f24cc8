"""The ASGI application that the server runs."""

from django.conf import settings
from django.core.asgi import get_asgi_application

from jingwu.site.admission import Admission

application = Admission(
    get_asgi_application(),
    prefix="/field/api/",
    at_once=settings.FIELD_REQUESTS_AT_ONCE,
    waiting=settings.FIELD_REQUESTS_WAITING,
)
