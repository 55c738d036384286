<#import "template.ftl" as layout>
<@layout.emailLayout>
<p>${msg("updateAsked", newEmail)}</p>
<p>${msg("mailUsername")} <strong>${user.username}</strong></p>
<@layout.button href=link label="verifyButton"/>
<p>${msg("linkValidity", linkExpirationFormatter(linkExpiration))}</p>
<p>${msg("ignoreThis")}</p>
</@layout.emailLayout>
