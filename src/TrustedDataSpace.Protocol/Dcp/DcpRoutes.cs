namespace TrustedDataSpace.Protocol.Dcp;

/// <summary>The paths of DCP §5 and §6 below the base address of the service in a DID document.</summary>
public static class DcpRoutes
{
    /// <summary>At a holder (POST): what it presents.</summary>
    public const string PresentationQuery = "/presentations/query";

    /// <summary>At a holder (POST): delivers credentials. At an issuer (POST): asks for them.</summary>
    public const string Credentials = "/credentials";

    /// <summary>At a holder (POST): credentials are offered to it.</summary>
    public const string Offers = "/offers";

    /// <summary>At an issuer (GET): how a request stands.</summary>
    public const string Request = "/requests/{id}";

    /// <summary>At an issuer (GET): what it issues.</summary>
    public const string Metadata = "/metadata";

    /// <summary>At a participant's secure token service (POST, a form): self-issued ID tokens for its own programs. Below the service's own address.</summary>
    public const string SecureToken = "/sts/token";

    /// <summary>How one request stands.</summary>
    public static string ForRequest(string issuerPid) => "/requests/" + Uri.EscapeDataString(issuerPid);
}
