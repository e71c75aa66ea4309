using TrustedDataSpace.Cli.Space;

namespace TrustedDataSpace.Cli.Clients;

/// <summary>Fetches data as a local application of the consumer does: plain HTTP to its own connector.</summary>
internal sealed class ConsumeClient(HttpClient http, ServiceAccess connector)
{
    /// <summary>The header in which the purpose of a request is declared.</summary>
    public const string PurposeHeader = "Tds-Purpose";

    /// <summary>Fetches under an agreement.</summary>
    /// <param name="agreement">Agreement id.</param>
    /// <param name="rest">What follows it: path and query at the source.</param>
    /// <param name="purpose">Declared purpose.</param>
    /// <param name="secret">Secret of the application; empty for none.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="ServiceRefusalException">One of the two connectors refused.</exception>
    public Task<string> FetchAsync(string agreement, string rest, string purpose, string secret, CancellationToken cancellation) =>
        new ServiceClient(http, connector.Url!, secret).ReadTextAsync(
            $"/consume/{Uri.EscapeDataString(agreement)}{rest}", new Dictionary<string, string> { [PurposeHeader] = purpose }, cancellation);
}
