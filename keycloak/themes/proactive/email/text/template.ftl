<#ftl output_format="plainText">
<#macro emailLayout>
${msg("mailOpening", (((user.firstName)!"") + " " + ((user.lastName)!""))?trim?has_content?then((((user.firstName)!"") + " " + ((user.lastName)!""))?trim, msg("mailNobody")))}

<#nested>

${msg("mailClosing")}
${msg("mailSignature")}

--
${msg("mailAutomatic")} ${properties.portalUrl}/assistenza, ${properties.suppliersMail}.
${msg("mailPrivacy")}: ${properties.portalUrl}/privacy
${msg("mailNeverAsked")}
</#macro>
