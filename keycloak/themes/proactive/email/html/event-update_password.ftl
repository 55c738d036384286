<#import "template.ftl" as layout>
<@layout.emailLayout>
<p>${msg("passwordChanged", user.username, event.date?string("dd/MM/yyyy"), event.date?string("HH:mm"))}</p>
<p>${msg("passwordChangedAlarm")} <a style="color:#0e4d64" href="mailto:${properties.suppliersMail}">${properties.suppliersMail}</a>.</p>
</@layout.emailLayout>
