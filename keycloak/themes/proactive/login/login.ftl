<#-- Keycloak's own without what the realm does not use (registration, other providers, passkeys). A person already
     known confirms who they are: title, button and reason say so, and the reason stays when the password was wrong. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<#assign isKnown = (usernameHidden??)>
<#assign isWrong = messagesPerField.existsError("username", "password")>
<@layout.registrationLayout displayMessage=!isWrong; section>
    <#if section = "header">
        ${msg(isKnown?then("proactiveConfirmTitle", "loginAccountTitle"))}
    <#elseif section = "form" && realm.password>
        <#if isKnown && isWrong><p class="icri-hint">${msg("reauthenticate")}</p></#if>
        <form id="kc-form-login" class="${properties.kcFormClass!}" onsubmit="login.disabled = true; return true;" action="${url.loginAction}" method="post" novalidate="novalidate">
            <#if !isKnown>
                <@field.input name="username" label=msg("usernameOrEmail") error=messagesPerField.getFirstError("username", "password") autofocus=true autocomplete="username" value=login.username!'' />
            </#if>
            <@field.password name="password" label=msg("password") error=isKnown?then(messagesPerField.getFirstError("username", "password"), "") forgotPassword=realm.resetPasswordAllowed autofocus=isKnown autocomplete="current-password">
                <#if realm.rememberMe && !isKnown>
                    <@field.checkbox name="rememberMe" label=msg("rememberMe") value=login.rememberMe?? />
                </#if>
            </@field.password>
            <input type="hidden" id="id-hidden-input" name="credentialId" <#if auth.selectedCredential?has_content>value="${auth.selectedCredential}"</#if>/>
            <@buttons.actionGroup>
                <@buttons.button id="kc-login" name="login" label=isKnown?then("doContinue", "doLogIn") />
            </@buttons.actionGroup>
        </form>
    </#if>
</@layout.registrationLayout>
