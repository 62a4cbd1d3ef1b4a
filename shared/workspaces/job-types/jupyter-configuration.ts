/** Variable of the server's environment with the SHA-256 of the proxy's secret. */
export const hashVariable = 'PROXY_SECRET_SHA256';

/**
 * Configuration of a Jupyter server that answers the gateway's proxy alone. The server knows no more of the proxy's secret than its
 * hash, so neither its pages nor its log, its files, its notebooks or its terminals can show the secret. Jupyter's own checks of
 * where requests come from stay on, behind those of the proxy.
 */
export const jupyterConfiguration = `
import hashlib, hmac, os, re
from jupyter_server.auth.identity import IdentityProvider, User

expected = os.environ.pop("${hashVariable}")


class ProxyOnly(IdentityProvider):
    auth_enabled = True
    login_available = False

    def get_user(self, handler):
        sent = re.fullmatch(r"token (\\S+)", handler.request.headers.get("Authorization", ""))
        actual = hashlib.sha256(sent[1].encode()).hexdigest() if sent else ""
        return User(username="owner", name="Owner", display_name="Owner") if hmac.compare_digest(actual, expected) else None


c.ServerApp.identity_provider_class = ProxyOnly
c.ProxyOnly.token = ""
c.ServerApp.allow_remote_access = True
c.ServerApp.allow_root = True
c.ServerApp.open_browser = False
c.ServerApp.port_retries = 0
c.ServerApp.quit_button = False
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
`;

/** Configuration of JupyterLab's page: the parts that offer files for download are off. */
export const pageConfiguration = {
  disabledExtensions: {
    '@jupyterlab/docmanager-extension:download': true,
    '@jupyterlab/filebrowser-extension:download': true,
    '@jupyterlab/filebrowser-extension:share-file': true,
    '@jupyterlab/notebook-extension:export': true,
  },
};
