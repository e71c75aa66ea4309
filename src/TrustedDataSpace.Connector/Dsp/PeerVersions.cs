using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Dapper;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>
/// Where peers speak our version of the protocol (DSP §4.3): their version document says so, and without a common version nothing is
/// sent. Asked before the first message of a process, because everything after that goes where the process began. What a peer has said
/// last outlives this process: a message to one that is away waits in the outbox, before a restart as after it.
/// </summary>
internal sealed partial class PeerVersions(JsonClient client, IPeerDirectory peers, Database database, ServiceSettings settings, TimeProvider clock)
{
    private const int MostKept = 10_000;
    private const int LongestPath = 200;
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Kept> kept = new();

    /// <summary>Path of the protocol below the peer's endpoint: empty, or with a slash in front and none behind.</summary>
    /// <exception cref="RefusalException">
    /// Unsupported: it does not speak our version; Malformed: its version document; Unavailable; and what <see cref="IPeerDirectory"/> refuses.
    /// </exception>
    public async ValueTask<string> PathAsync(string did, CancellationToken cancellation)
    {
        var known = kept.GetValueOrDefault(did) ?? Stored(did);
        PeerRecord? peer = null;
        try
        {
            peer = await peers.FindAsync(did, cancellation);

            // A peer that has moved may run another version, too.
            return peer.ProtocolPath
                ?? (known is not null && known.Endpoint == peer.Endpoint && known.At is { } at && clock.GetElapsedTime(at) < Freshness ? known.Path : await AskAsync(peer, cancellation));
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unavailable && known is not null && (peer is null || peer.Endpoint == known.Endpoint))
        {
            // Who spoke it there before will hardly have unlearnt it. The message waits in the outbox until the peer is back.
            return known.Path;
        }
    }

    private async Task<string> AskAsync(PeerRecord peer, CancellationToken cancellation)
    {
        var path = PathIn(await DocumentOfAsync(peer, cancellation), peer);
        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        if (Stored(peer.Id) is not { } stored || stored.Endpoint != peer.Endpoint || stored.Path != path)
        {
            await database.WriteAsync(unit => Store(unit, peer, path));
        }

        kept[peer.Id] = new Kept(peer.Endpoint, path, clock.GetTimestamp());
        return path;
    }

    private Kept? Stored(string did) => database.Read(connection => connection.QuerySingleOrDefault<(string Endpoint, string Path)?>(
        "SELECT endpoint, path FROM peer_versions WHERE space_id = @Id AND peer = @did", new { settings.Space.Id, did })) is { } row
        ? new Kept(row.Endpoint, row.Path, null)
        : null;

    private static void Store(UnitOfWork unit, PeerRecord peer, string path) => unit.Execute(
        """
        INSERT INTO peer_versions (space_id, peer, endpoint, path) VALUES (@Space, @Id, @Endpoint, @path)
        ON CONFLICT (space_id, peer) DO UPDATE SET endpoint = excluded.endpoint, path = excluded.path
        """,
        new { unit.Space, peer.Id, peer.Endpoint, path });

    private async Task<VersionDocument> DocumentOfAsync(PeerRecord peer, CancellationToken cancellation)
    {
        try
        {
            return ProtocolJson.Read<VersionDocument>(await client.GetDocumentAsync(new Uri(peer.Endpoint + DspRoutes.VersionDocument), cancellation));
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCode.NotFound)
        {
            throw new RefusalException(
                RefusalCode.Unsupported, $"{peer.Id} has no version document: it does not speak the Dataspace Protocol {DspConstants.Version}.", refusal);
        }
        catch (RefusalException refusal) when (refusal.Code != RefusalCode.Unavailable)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The version document of {peer.Id} cannot be used: {refusal.Message}", refusal);
        }
    }

    private static string PathIn(VersionDocument document, PeerRecord peer)
    {
        var path = document.PathOf(DspConstants.Version)
            ?? throw new RefusalException(
                RefusalCode.Unsupported,
                $"{peer.Id} does not speak version {DspConstants.Version} of the Dataspace Protocol. It speaks: {string.Join(", ", document.ProtocolVersions.Select(version => version.Version).Take(10))}.")
            {
                Remedy = $"The peer must offer version {DspConstants.Version}.",
            };
        path = path.TrimEnd('/');

        // A path is all that the peer may choose: no host, no way up, and nothing that a server might read otherwise than we do.
        return path.Length <= LongestPath && Segments().IsMatch(path) && peer.Owns(peer.Endpoint + path)
            ? path
            : throw new RefusalException(
                RefusalCode.Malformed,
                $"The version document of {peer.Id} cannot be used: its path is not an absolute path of plain segments, {LongestPath} characters at most.");
    }

    [GeneratedRegex(@"\A(?:/(?!\.{1,2}(?:/|\z))[A-Za-z0-9._~-]+)*\z")]
    private static partial Regex Segments();

    // At: when this process has read it; null: an earlier one did.
    private sealed record Kept(string Endpoint, string Path, long? At);
}
