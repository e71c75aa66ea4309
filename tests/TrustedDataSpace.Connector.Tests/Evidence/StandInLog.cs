using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Tests.Evidence;

/// <summary>The log of an authority that can do what ours never would: go back, fork, and sign with another key.</summary>
internal sealed class StandInLog(string origin, SigningKey key)
{
    private readonly Lock gate = new();
    private readonly List<byte[]> leaves = [];

    /// <summary>Its name.</summary>
    public string Origin { get; set; } = origin;

    /// <summary>Signs the checkpoints.</summary>
    public SigningKey Key { get; set; } = key;

    /// <summary>Whether the receipts are for other entries than those that were sent.</summary>
    public bool Misplaces { get; set; }

    /// <summary>What it answers when a proof of consistency is asked for; null: the proof.</summary>
    public int? ProofStatus { get; set; }

    /// <summary>How many times more it answers with <see cref="ProofStatus"/>; then with the proof.</summary>
    public int ProofRefusals { get; set; } = int.MaxValue;

    /// <summary>What it was signed with by witnesses.</summary>
    public ConcurrentQueue<Cosignature> Cosignatures { get; } = [];

    /// <summary>The authority's own entries, sealed, by their places.</summary>
    public ConcurrentDictionary<int, string> Own { get; } = [];

    /// <summary>Names the restore after which it collects; null: it does not.</summary>
    public string? Restore { get; set; }

    /// <summary>What it answers when it is asked whether it collects; null: whether it does.</summary>
    public int? CollectionStatus { get; set; }

    /// <summary>What was handed back.</summary>
    public ConcurrentQueue<LogReturn> Returned { get; } = [];

    public int Size
    {
        get
        {
            lock (gate)
            {
                return leaves.Count;
            }
        }
    }

    /// <summary>The last entries are gone, as after a restore from a copy.</summary>
    public List<byte[]> Cut(int size)
    {
        lock (gate)
        {
            var cut = leaves[size..];
            leaves.RemoveRange(size, leaves.Count - size);
            return cut;
        }
    }

    public void Add(params IEnumerable<byte[]> more)
    {
        lock (gate)
        {
            leaves.AddRange(more);
        }
    }

    public string Note()
    {
        lock (gate)
        {
            return SignedCheckpoint.Sign(new Checkpoint(Origin, leaves.Count, Convert.ToBase64String(MerkleTree.Root(leaves))), Key, Origin).Text;
        }
    }

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(AuthorityRoutes.EvidenceCheckpoint, () => Results.Text(Note()));
        app.MapGet(AuthorityRoutes.EvidenceConsistency, (int from, int to) => Proof(from, to));
        app.MapGet(AuthorityRoutes.EvidenceCopies, (int from, int to) => Results.Json(
            new Page<SealedEntry>([.. Enumerable.Range(from, to - from).Where(index => Own.ContainsKey(index)).Take(2).Select(index => new SealedEntry(index, Own[index]))], null), ProtocolJson.Options));
        app.MapGet(AuthorityRoutes.EvidenceReturns, () => CollectionStatus is { } status ? Results.StatusCode(status) : Results.Json(new LogCollectionStatus(Origin, Size, Restore), ProtocolJson.Options));
        app.MapPost(AuthorityRoutes.EvidenceReturns, (LogReturn part) =>
        {
            Returned.Enqueue(part);
            return Results.Json(new LogCollectionStatus(Origin, Size, Restore), ProtocolJson.Options);
        });
        app.MapPost(AuthorityRoutes.EvidenceCosignatures, (Cosignature signature) =>
        {
            Cosignatures.Enqueue(signature);
            return Results.NoContent();
        });
        app.MapPost(AuthorityRoutes.EvidenceBatches, (EvidenceBatch batch, int? seen) => Append(batch, seen));
    }

    private IResult Proof(int from, int to)
    {
        if (ProofStatus is { } status && ProofRefusals > 0)
        {
            ProofRefusals--;
            return Results.StatusCode(status);
        }

        lock (gate)
        {
            return Results.Json(ConsistencyProof.Create([.. leaves.Take(to)], from), ProtocolJson.Options);
        }
    }

    private IResult Append(EvidenceBatch batch, int? seen)
    {
        if (Restore is not null)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        lock (gate)
        {
            var first = leaves.Count;
            leaves.AddRange(batch.Entries.Select(entry => Misplaces ? MerkleTree.LeafHash("another"u8) : entry.LeafHash()));
            var range = RangeProof.Create(first, batch.Entries.Count, leaves.Count, (from, to) => MerkleTree.Root([.. leaves[(int)from..(int)to]]));
            return Results.Json(
                new EvidenceReceipt(batch.Id, first, batch.Entries.Count, Note(), range, seen is { } old && old <= first ? ConsistencyProof.Create(leaves, old) : null),
                ProtocolJson.Options);
        }
    }
}
