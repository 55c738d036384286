<#ftl output_format="plainText">
<#import "template.ftl" as layout>
<@layout.emailLayout>
${msg("resetAsked")}

${msg("mailUsername")} ${user.username}

${msg("resetLink", linkExpirationFormatter(linkExpiration))}

${link}

${msg("resetIgnore")}
</@layout.emailLayout>
