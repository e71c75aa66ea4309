using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>The log as static files (C2SP tlog-tiles): hashes and the checkpoint for members, entries for the operator.</summary>
internal static class TileEndpoints
{
    // Behind a token, so for the asker's own cache.
    private const string ForEver = "private, max-age=31536000, immutable";
    private const string AskAgain = "private, no-cache";
    private const string EntriesPrefix = "entries/";

    public static void MapTiles(this IEndpointRouteBuilder app)
    {
        var readers = app.MapMembersAndOperator("evidence");
        readers.MapGet(AuthorityRoutes.LogCheckpoint, (HttpResponse response, Witnesses witnesses) =>
        {
            response.Headers.CacheControl = AskAgain;
            return TypedResults.Text((witnesses.Counting() ?? throw NoneCounts()).Note, "text/plain");
        });
        readers.MapGet(AuthorityRoutes.LogTile, (string level, string tile, HttpResponse response, LogFiles files) => Send($"{level}/{tile}", response, files));
        app.MapManagement("evidence").MapGet(AuthorityRoutes.LogEntries, (string tile, HttpResponse response, LogFiles files) => Send(EntriesPrefix + tile, response, files));
    }

    private static RefusalException NoneCounts() => new(RefusalCode.Unavailable, "No checkpoint has as many witnesses yet as this space wants.") { Remedy = "ask again in a while, or see the newest one at " + AuthorityRoutes.EvidenceCheckpoint };

    private static FileContentHttpResult Send(string name, HttpResponse response, LogFiles files)
    {
        if (!TilePath.TryParse("tile/" + name, out var path) || files.Read(path) is not { } tile)
        {
            throw new RefusalException(RefusalCode.NotFound, "There is no such tile. A partial tile may have become a full one.");
        }

        response.Headers.CacheControl = ForEver;
        return TypedResults.Bytes(tile, "application/octet-stream");
    }
}
