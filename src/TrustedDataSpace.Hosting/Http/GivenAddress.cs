using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Hosting.Http;

/// <summary>Addresses that others give, in DID documents and credentials. Where they lead is held to the egress rule when they are called.</summary>
public static class GivenAddress
{
    private const int Longest = 2000;

    /// <summary>Whether an address may be called: HTTPS; on one machine, where the space allows it, plain HTTP like everywhere there.</summary>
    public static bool MayBeCalled(Uri address, EgressOptions egress)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(egress);
        return address.IsAbsoluteUri && address.AbsoluteUri.Length <= Longest && address.UserInfo.Length == 0
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback && egress.AllowPrivateAddresses));
    }

    /// <summary>The base address of a service that a DID document names (DCP §5.2), without a slash at its end.</summary>
    /// <exception cref="RefusalException">NotFound: it names no such service; Malformed: its address is none that is called.</exception>
    public static string OfService(DidDocument document, string service, EgressOptions egress)
    {
        ArgumentNullException.ThrowIfNull(document);
        var address = document.EndpointOf(service)
            ?? throw new RefusalException(RefusalCode.NotFound, $"The DID document of {document.Id} names no {service}.") { Term = service };
        return Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Query.Length == 0 && url.Fragment.Length == 0 && MayBeCalled(url, egress)
            ? url.AbsoluteUri.TrimEnd('/')
            : throw new RefusalException(RefusalCode.Malformed, $"The {service} of {document.Id} has no https address.") { Term = service };
    }
}
