<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.emailLayout>
<#if (requiredActions![])?seq_contains("UPDATE_PASSWORD")>
${msg("accessReady")}

${msg("mailUsername")} ${user.username}

${msg("accessLink", linkExpirationFormatter(linkExpiration))}

${link}

${msg("accessExpired")} ${properties.portalUrl}/recupera-password

${msg("accessAgain")}

${msg("accessChange")}
<#else>
${msg("actionsAsked")}

${msg("mailUsername")} ${user.username}

${link}

${msg("linkValidity", linkExpirationFormatter(linkExpiration))}
</#if>
</@layout.emailLayout>
