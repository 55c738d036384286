<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.emailLayout>
${msg("updateAsked", newEmail)}

${msg("mailUsername")} ${user.username}

${link}

${msg("linkValidity", linkExpirationFormatter(linkExpiration))}

${msg("ignoreThis")}
</@layout.emailLayout>
