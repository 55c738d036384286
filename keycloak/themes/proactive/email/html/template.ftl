<#-- The letter around every mail. Texts go through HTML escaping here, never through kcSanitize: names are typed by strangers. -->
<#macro emailLayout>
<!doctype html>
<html lang="${locale.language}" dir="${(ltr)?then('ltr','rtl')}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0;background:#f3f5f7;color:#17212b;font:17px/1.55 'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif">
<div style="background:#12222e;border-bottom:4px solid #b8460e;color:#d5dee5;padding:14px 20px"><strong style="color:#ffffff">ICRI</strong> ProActive</div>
<div style="max-width:600px;margin:0 auto;padding:24px 20px;background:#ffffff">
<p>${msg("mailOpening", (((user.firstName)!"") + " " + ((user.lastName)!""))?trim?has_content?then((((user.firstName)!"") + " " + ((user.lastName)!""))?trim, msg("mailNobody")))}</p>
<#nested>
<p>${msg("mailClosing")}<br>${msg("mailSignature")}</p>
</div>
<div style="max-width:600px;margin:0 auto;padding:16px 20px;color:#4a5763;font-size:15px">
<p>${msg("mailAutomatic")} <a style="color:#0e4d64" href="${properties.portalUrl}/assistenza">${msg("mailSupport")}</a>, <a style="color:#0e4d64" href="mailto:${properties.suppliersMail}">${properties.suppliersMail}</a>. <a style="color:#0e4d64" href="${properties.portalUrl}/privacy">${msg("mailPrivacy")}</a>. ${msg("mailNeverAsked")}</p>
</div>
</body>
</html>
</#macro>
<#macro button href label>
<p><a href="${href}" style="display:inline-block;background:#0e4d64;color:#ffffff;padding:10px 18px;border-radius:6px;font-weight:600;text-decoration:none">${msg(label)}</a></p>
</#macro>
