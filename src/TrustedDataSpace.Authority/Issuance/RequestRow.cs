using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Protocol.Dcp;

namespace TrustedDataSpace.Authority.Issuance;

/// <summary>A request for credentials as it is stored.</summary>
internal sealed record RequestRow
{
    public const string Columns =
        "issuer_pid AS IssuerPid, holder AS Holder, holder_pid AS HolderPid, objects AS Objects, credentials AS Credentials, token_hash AS TokenHash, token_sealed AS TokenSealed, state AS State, reason AS Reason, requested_at AS RequestedAt";

    public string IssuerPid { get; init; } = "";

    public string Holder { get; init; } = "";

    public string HolderPid { get; init; } = "";

    /// <summary>Ids of what was asked for, one a line.</summary>
    public string Objects { get; init; } = "";

    /// <summary>Names of the credentials that answer it, in the same order, one line for each thing asked for, separated by spaces; empty when there are none.</summary>
    public string Credentials { get; init; } = "";

    /// <summary>Hash of the access token of the holder; empty when it gave none.</summary>
    public string TokenHash { get; init; } = "";

    public string? TokenSealed { get; init; }

    public string State { get; init; } = "";

    public string? Reason { get; init; }

    public long RequestedAt { get; init; }

    public IEnumerable<(string Object, string Credential)> Items => Objects.Split('\n').Zip(Credentials.Split('\n'))
        .SelectMany(line => line.Second.Split(' '), (line, credential) => (line.First, credential));

    /// <summary>How <see cref="Credentials"/> is written.</summary>
    public static string Write(IEnumerable<IEnumerable<CredentialRow>> answers) =>
        string.Join('\n', answers.Select(rows => string.Join(' ', rows.Select(row => row.Id))));

    /// <summary>What the access token is sealed for.</summary>
    public static string Context(string issuerPid) => "credential-request:" + issuerPid;

    public CredentialStatus ToStatus() => new() { IssuerPid = IssuerPid, HolderPid = HolderPid, Status = State };
}
