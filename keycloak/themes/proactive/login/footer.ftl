<#macro content>
<footer class="icri-foot">
  <nav aria-label="${msg("proactiveHelp")}">
    <ul>
      <li><a id="proactive-support" href="${properties.portalUrl}/assistenza">${msg("proactiveSupport")}</a></li>
      <li><a id="proactive-faq" href="${properties.portalUrl}/faq">${msg("proactiveFaq")}</a></li>
      <li><a id="proactive-recover" href="/realms/${realm.name}/login-actions/reset-credentials?client_id=proactive-web">${msg("proactiveRecover")}</a></li>
    </ul>
  </nav>
  <p>${msg("proactiveForgottenAddress")} <a id="proactive-mail" href="mailto:${properties.suppliersMail}">${properties.suppliersMail}</a></p>
</footer>
</#macro>
