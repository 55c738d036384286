<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.emailLayout>
${msg("passwordChanged", user.username, event.date?string("dd/MM/yyyy"), event.date?string("HH:mm"))}

${msg("passwordChangedAlarm")} ${properties.suppliersMail}.
</@layout.emailLayout>
