using TrustedDataSpace.Cli.Space;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>Fetches data as a local application of the consumer does: plain HTTP to its own connector.</summary>
internal sealed class ConsumeClient(HttpClient http, ServiceAccess connector)
{
    /// <summary>The header in which the purpose of a request is declared.</summary>
    public const string PurposeHeader = "Tds-Purpose";

    /// <summary>Sent with every request: the same answer under the same key is a retry, which counts once. Null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Fetches under an agreement.</summary>
    /// <param name="agreement">Agreement id.</param>
    /// <param name="rest">What follows it: path and query at the source.</param>
    /// <param name="purpose">Declared purpose.</param>
    /// <param name="secret">Secret of the application; empty for none.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="ServiceRefusalException">One of the two connectors refused.</exception>
    public Task<string> FetchAsync(string agreement, string rest, string purpose, string secret, CancellationToken cancellation) =>
        Client(secret).ReadTextAsync(Route(agreement, rest), Headers(purpose), cancellation);

    /// <summary>Fetches into a stream.</summary>
    /// <exception cref="ServiceRefusalException">One of the two connectors refused.</exception>
    public Task FetchAsync(string agreement, string rest, string purpose, string secret, Stream target, CancellationToken cancellation) =>
        Client(secret).DownloadAsync(Route(agreement, rest), target, cancellation, Headers(purpose));

    /// <summary>Opens an answer to be read while it comes; whoever opens it disposes it.</summary>
    /// <exception cref="ServiceRefusalException">One of the two connectors refused.</exception>
    public Task<HttpResponseMessage> OpenAsync(string agreement, string rest, string purpose, string secret, CancellationToken cancellation) =>
        Client(secret).OpenAsync(Route(agreement, rest), Headers(purpose), cancellation);

    /// <summary>Posts a document and opens the answer to be read while it comes; whoever opens it disposes it.</summary>
    /// <exception cref="ServiceRefusalException">One of the two connectors refused.</exception>
    public Task<HttpResponseMessage> AskAsync(string agreement, string rest, object body, string purpose, string secret, CancellationToken cancellation) =>
        Client(secret).AskAsync(Route(agreement, rest), body, Headers(purpose), cancellation);

    private ServiceClient Client(string secret) => new(http, connector.Url!, secret);

    private static string Route(string agreement, string rest) => $"/consume/{Uri.EscapeDataString(agreement)}{rest}";

    private Dictionary<string, string> Headers(string purpose) => IdempotencyKey is { } key
        ? new() { [PurposeHeader] = purpose, [RetryRule.Header] = key }
        : new() { [PurposeHeader] = purpose };
}
