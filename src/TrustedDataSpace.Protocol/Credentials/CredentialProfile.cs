using System.Diagnostics.CodeAnalysis;

namespace TrustedDataSpace.Protocol.Credentials;

/// <summary>The two profiles of DCP 1.0.1 (appendix A): which data model, which status list, which securing. One presentation never mixes them.</summary>
public enum CredentialProfile
{
    /// <summary><c>vc20-bssl/jwt</c>: Verifiable Credentials 2.0, Bitstring Status List, an enveloping JOSE signature.</summary>
    Vc20,

    /// <summary><c>vc11-sl2021/jwt</c>: Verifiable Credentials 1.1 as the <c>vc</c> claim of a JWT, StatusList2021.</summary>
    Vc11,
}

/// <summary>The names of the profiles on the wire.</summary>
public static class CredentialProfiles
{
    /// <summary>The name as DCP messages carry it (<c>profile</c>, <c>format</c>).</summary>
    public static string WireName(this CredentialProfile profile) => profile == CredentialProfile.Vc20 ? "vc20-bssl/jwt" : "vc11-sl2021/jwt";

    /// <summary>Reads a name; false when it is none of the two.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out CredentialProfile profile)
    {
        profile = name == CredentialProfile.Vc11.WireName() ? CredentialProfile.Vc11 : CredentialProfile.Vc20;
        return name == profile.WireName();
    }
}
