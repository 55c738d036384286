// Three slips of Keycloak's own templates that only a copy of them could mend otherwise.
document.addEventListener("DOMContentLoaded", () => {
  if (document.getElementById("kc-attempted-username")) {
    const label = document.querySelector('label[for="username"]');
    if (label) label.htmlFor = "kc-attempted-username";
  }
  document.querySelectorAll("[tabindex]").forEach((element) => {
    if (element.tabIndex > 0) element.removeAttribute("tabindex");
  });
  // every page has the same title there, some have none: the heading first, as on the portal
  const heading = document.getElementById("kc-page-title");
  document.title = [heading && heading.textContent.trim(), "ICRI ProActive"].filter(Boolean).join(" - ");
});
