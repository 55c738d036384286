// Three slips of Keycloak's own templates that only a copy of them could mend otherwise.
document.addEventListener("DOMContentLoaded", () => {
  if (document.getElementById("kc-attempted-username")) {
    const label = document.querySelector('label[for="username"]');
    if (label) label.htmlFor = "kc-attempted-username";
  }
  document.querySelectorAll("[tabindex]").forEach((element) => {
    if (element.tabIndex > 0) element.removeAttribute("tabindex");
  });
  if (!document.title.trim()) document.title = "ICRI ProActive";
});
