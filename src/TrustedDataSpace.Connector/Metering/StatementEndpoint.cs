using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Shows what the use of a period costs.</summary>
internal static class StatementEndpoint
{
    // The canonical bytes and no other rendering: the two parties hold them side by side.
    public static async Task<FileContentHttpResult> GetAsync(
        [AsParameters] StatementQuery query, HttpRequest request, StatementService statements, CancellationToken cancellation) =>
        TypedResults.Bytes((await statements.RateAsync(query, PreferredWait.Of(request), cancellation)).Bytes(), "application/json");
}
