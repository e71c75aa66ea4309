using System.Net;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Policy;

namespace TrustedDataSpace.Connector.Policies;

/// <summary>One question to the policy engine: who wants what, under which terms.</summary>
internal sealed record PolicyQuestion
{
    public required PolicyStage Stage { get; init; }

    public required Peer Subject { get; init; }

    public required CompiledTerms Terms { get; init; }

    public required ProductFacts Product { get; init; }

    /// <summary>Declared purpose; null where none is declared yet (catalog, negotiation).</summary>
    public string? Purpose { get; init; }

    /// <summary>What credentials say of the subject beside region and roles; null where nothing more is known.</summary>
    public SubjectClaims? Claims { get; init; }

    /// <summary>When the authority last said how the subject stands; null where no term asks, or nobody knows.</summary>
    public DateTimeOffset? StandingAt { get; init; }

    /// <summary>Duties before release that were carried out for this request.</summary>
    public IReadOnlyList<string> DutiesDone { get; init; } = [];

    /// <summary>Counters including what this request reserved; null before a request.</summary>
    public UsageFacts? Usage { get; init; }

    /// <summary>At stage request; a tick repeats that of its request.</summary>
    public RequestFacts? Request { get; init; }

    /// <summary>When the agreement was concluded. Without meaning for an offer.</summary>
    public DateTimeOffset? AgreedAt { get; init; }

    /// <summary>When it was first used: for the first use, now. Null before a use.</summary>
    public DateTimeOffset? FirstUsedAt { get; init; }

    /// <summary>Format of the transfer that is to start; only at stage transfer.</summary>
    public string? Format { get; init; }

    /// <summary>State of the environment by name; null: what <see cref="PolicyGate"/> knows.</summary>
    public IReadOnlyDictionary<string, string>? Signals { get; init; }

    /// <summary>Whose consent is in force for this product and purpose; null: what <see cref="PolicyGate"/> knows.</summary>
    public IReadOnlyList<string>? Consents { get; init; }

    /// <summary>Whether the authority has filed the agreement. Without meaning for an offer.</summary>
    public bool Filed { get; init; }

    /// <summary><c>active</c> or <c>ended</c>. Without meaning for an offer.</summary>
    public string AgreementState { get; init; } = "";

    /// <summary>What the members about subject, product and contract are for an engine (<see cref="PolicyGate.Prepare"/>); null: made when it is asked.</summary>
    public CommonMembers? Common { get; init; }
}

/// <summary>An offer or agreement in the form that decisions are taken on.</summary>
/// <param name="PolicyId">Its <c>@id</c>.</param>
/// <param name="Hash">Hash of the ODRL document it was compiled from.</param>
/// <param name="Document">Compiled document: data, never Rego source.</param>
internal sealed record CompiledTerms(string PolicyId, string Hash, JsonElement Document)
{
    /// <summary>The members of the document, ready to be written.</summary>
    public IReadOnlyList<(JsonEncodedText Name, byte[] Value)> Parts { get; } =
        [.. Document.EnumerateObject().Select(property => (JsonEncodedText.Encode(property.Name), Encoding.UTF8.GetBytes(property.Value.GetRawText())))];
}

/// <summary>What policy may know of a product.</summary>
internal sealed record ProductFacts(string Id, string Classification);

/// <summary>Claims of verified credentials. What is not there makes every term about it deny.</summary>
internal sealed record SubjectClaims
{
    /// <summary>The connector that the subject's token is bound to, by its key or certificate.</summary>
    public string? Connector { get; init; }

    /// <summary>Its clearance for classified data.</summary>
    public string? Clearance { get; init; }

    /// <summary>Further claims by name, each with its values. <c>region</c>, <c>roles</c> and <c>clearance</c> have members of their own, and none here.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Others { get; init; }
}

/// <summary>Counters by the names that contracts give them (<see cref="TrustedDataSpace.Policy.Agreements.QuotaTerm.Counter"/>).</summary>
/// <param name="Count">Uses in total: the counter <c>count</c>, which most contracts have alone.</param>
/// <param name="Others">All other counters; an entry <c>count</c> in it is not read.</param>
internal sealed record UsageFacts(long Count, IReadOnlyDictionary<string, long>? Others = null);

/// <summary>The request, canonicalised once: the source gets the same string.</summary>
internal sealed record RequestFacts(string Method, string Path)
{
    /// <summary>The connector that has proven that it sends the request: a fact about the subject. Null: its token is bound to none.</summary>
    public string? Connector { get; init; }

    /// <summary>Address that the request comes from, as <see cref="AddressOf"/> writes it.</summary>
    public string? Address { get; init; }

    /// <summary>Application that the consumer's connector names under its signature.</summary>
    public string? Application { get; init; }

    /// <summary>An address as ranges in contracts are compared with: IPv4 also where the socket is IPv6, and without a scope.</summary>
    public static string? AddressOf(IPAddress? address) => address switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => new IPAddress(address.GetAddressBytes()).ToString(),
        _ => address.ToString(),
    };
}
