<#import "field.ftl" as field>
<#macro logoutOtherSessions>
    <p class="icri-hint">${msg("proactivePasswordRules")}</p>
    <@field.checkbox name="logout-sessions" label=msg("logoutOtherSessions") value=true />
</#macro>
