"""Pages that people see: rendered on the server, Japanese first and English, without scripts.

How a house uses it:

    site = Site(name=Words("連携", "renkei"), key=b"…")   # the roof makes one
    pages = Pages(site, "joint_use.pages")                # its templates: the folder templates/

    async def apply(request: Request) -> Response:
        form = await form_of(request, site.signer)        # refuses what is forged or too large
        if not form.value("name"):
            fields = form.fields(name=Words("名称を入力してください。", "Enter a name."))
            return pages.render(request, "apply.html", status=422, fields=fields)
        return pages.redirect("/apply/received")

    routes = [pages.route("/apply", apply, methods=("POST",))]

A template starts with `{% extends "kit/base.html" %}`, fills the blocks `title` and `content`,
and has at hand:

    t("申請", "Apply")             the text in the reader's language
    lang                           "ja" or "en"
    when(instant, lang)            an instant in Japan's time
    asset("kit", "pages.css")      the address of a static file
    crumbs                         (address, text) of the pages above this one, given to `render`
    {% import "kit/forms.html" as f with context %}
        f.text(fields, "name", …)  a labelled field with its hint and its error; also area, select,
                                   radios, check
        f.summary(fields)          the errors, with links to their fields
        f.token()                  proves that a form came from here: in every one that posts

Scripts, connections and images from elsewhere are forbidden unless a page's `policy` allows them;
so is a form whose answer redirects to another site (`form-action`).

Modules: `rendering` (Site, Pages, Link), `forms` (form_of, Form, Fields), `language` (Words,
language_of), `refusals` (PageRefused), `signed` (Signer), `forgery` (tokens, and where a request
comes from), `assets` (static files).
"""
