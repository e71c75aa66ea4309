namespace TrustedDataSpace.Protocol.Management;

/// <summary>The addresses of OPA's Data API, as a connector answers it.</summary>
public static class DataApiRoutes
{
    /// <summary>POST or GET: the value of a document below <c>data</c>.</summary>
    public const string Data = "/v1/data/{**path}";
}
