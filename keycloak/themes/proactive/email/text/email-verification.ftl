<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.emailLayout>
${msg("verifyAsked")}

${msg("mailUsername")} ${user.username}

${link}

${msg("linkValidity", linkExpirationFormatter(linkExpiration))}

${msg("ignoreThis")}
</@layout.emailLayout>
