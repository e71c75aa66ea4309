namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What a flow's access tokens are bound to: without it a token opens nothing, so a stolen one is worthless.</summary>
/// <param name="Kind">How possession is proven.</param>
/// <param name="Number">Which of the flow's keys is in force; a token that names an earlier one is refused.</param>
/// <param name="Thumbprint">
/// For <see cref="FlowBindingKind.Dpop"/> of the consumer's own key (RFC 7638); for <see cref="FlowBindingKind.Certificate"/> of its certificate
/// (<c>x5t#S256</c>); for <see cref="FlowBindingKind.Key"/> of the key to which the flow's key was encrypted, null where that is not one alone.
/// </param>
internal sealed record FlowBinding(FlowBindingKind Kind, long Number, string? Thumbprint = null)
{
    private const string KeyKind = "key";
    private const string DpopKind = "dpop";
    private const string CertificateKind = "certificate";
    private const string BearerKind = "bearer";

    // RFC 9278 for keys, RFC 6920 §3 for what else has a hash.
    private const string KeyName = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";
    private const string CertificateName = "ni:///sha-256;";

    /// <summary>The consumer's connector as a contract names it (<c>tds:connector</c>): by the key that it must have. Null: it is bound to none.</summary>
    public string? Connector { get; } = (Kind, Thumbprint) switch
    {
        (FlowBindingKind.Key or FlowBindingKind.Dpop, { } key) => KeyName + key,
        (FlowBindingKind.Certificate, { } certificate) => CertificateName + certificate,
        _ => null,
    };

    /// <summary>As the column <c>flows.binding</c> keeps it: the kind, and behind a colon the thumbprint.</summary>
    public static FlowBinding Of(long number, string? column)
    {
        var (kind, thumbprint) = column?.Split(':', 2) switch { [var alone] => (alone, null), [var first, var rest] => (first, rest), _ => (null, (string?)null) };
        return (kind, thumbprint) switch
        {
            (KeyKind, _) => new FlowBinding(FlowBindingKind.Key, number, thumbprint),
            (DpopKind, not null) => new FlowBinding(FlowBindingKind.Dpop, number, thumbprint),
            (CertificateKind, not null) => new FlowBinding(FlowBindingKind.Certificate, number, thumbprint),
            (BearerKind, null) => new FlowBinding(FlowBindingKind.Bearer, number),
            _ => new FlowBinding(FlowBindingKind.None, number),
        };
    }

    /// <summary>For the column.</summary>
    public string? ToColumn() => Kind switch
    {
        FlowBindingKind.Key => Thumbprint is null ? KeyKind : $"{KeyKind}:{Thumbprint}",
        FlowBindingKind.Dpop => $"{DpopKind}:{Thumbprint}",
        FlowBindingKind.Certificate => $"{CertificateKind}:{Thumbprint}",
        FlowBindingKind.Bearer => BearerKind,
        _ => null,
    };

    /// <summary>Whether a token that says this of itself was issued under this binding. Of the flow's key it names the number alone.</summary>
    public bool IsOf(FlowBinding token) => Kind == token.Kind && Number == token.Number && (Kind == FlowBindingKind.Key || Thumbprint == token.Thumbprint);
}

/// <summary>How possession is proven.</summary>
internal enum FlowBindingKind
{
    /// <summary>Not settled yet: nothing passes.</summary>
    None,

    /// <summary>Each request is signed with the key of the flow (RFC 9421).</summary>
    Key,

    /// <summary>Each request has a proof by the consumer's own key (RFC 9449).</summary>
    Dpop,

    /// <summary>Each request comes over the client certificate with which the transfer was asked for (RFC 8705 §3).</summary>
    Certificate,

    /// <summary>Not at all, because the product allows it.</summary>
    Bearer,
}
