from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "jingwu.site"
    label = "site"
    verbose_name = "站点"
