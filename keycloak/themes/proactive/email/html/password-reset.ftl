<#import "template.ftl" as layout>
<@layout.emailLayout>
<p>${msg("resetAsked")}</p>
<p>${msg("mailUsername")} <strong>${user.username}</strong></p>
<p>${msg("resetLink", linkExpirationFormatter(linkExpiration))}</p>
<@layout.button href=link label="resetButton"/>
<p>${msg("resetIgnore")}</p>
</@layout.emailLayout>
