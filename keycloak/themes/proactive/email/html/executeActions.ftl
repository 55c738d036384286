<#import "template.ftl" as layout>
<@layout.emailLayout>
<#if (requiredActions![])?seq_contains("UPDATE_PASSWORD")>
<p>${msg("accessReady")}</p>
<p>${msg("mailUsername")} <strong>${user.username}</strong></p>
<p>${msg("accessLink", linkExpirationFormatter(linkExpiration))}</p>
<@layout.button href=link label="accessButton"/>
<p>${msg("accessExpired")} <a style="color:#0e4d64" href="${properties.portalUrl}/recupera-password">${properties.portalUrl}/recupera-password</a></p>
<p>${msg("accessAgain")}</p>
<p>${msg("accessChange")}</p>
<#else>
<p>${msg("actionsAsked")}</p>
<p>${msg("mailUsername")} <strong>${user.username}</strong></p>
<@layout.button href=link label="actionsButton"/>
<p>${msg("linkValidity", linkExpirationFormatter(linkExpiration))}</p>
</#if>
</@layout.emailLayout>
