<#import "template.ftl" as layout>
<@layout.emailLayout>
<p>${msg("testBody")}</p>
</@layout.emailLayout>
