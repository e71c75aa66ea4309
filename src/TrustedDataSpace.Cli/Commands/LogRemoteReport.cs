using System.Globalization;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>Verifies a log where it is served: all of it for the operator, and for members what they may read, said as such.</summary>
internal static class LogRemoteReport
{
    /// <param name="authority">The service, with the token of the asker.</param>
    /// <param name="keys">The keys of the log that the asker trusts; null: those that the authority publishes.</param>
    /// <param name="witnesses">How many must have signed the head.</param>
    /// <param name="output">Where to.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<int> VerifyAsync(AuthorityOperatorClient authority, IReadOnlyList<PublicKey>? keys, int witnesses, TextWriter output, CancellationToken cancellation)
    {
        var (log, access) = await RemoteLog.OpenAsync(authority, cancellation);
        var trusted = keys ?? await log.LogKeysAsync();
        if (access == RemoteLog.Access.All)
        {
            return await LogBundleReport.VerifyAsync(log, trusted, keys is null ? "as the authority publishes them: compare them with those of its members, or give --key" : LogBundleReport.Given, witnesses, output);
        }

        if (witnesses > 0)
        {
            throw new CannotStartException("--witnesses needs the keys of all members, which the operator's token opens (scope participants:read).");
        }

        var found = new HashTreeVerifier(log, trusted).Run();
        await LogBundleReport.FaultsAsync(found.Faults, output);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"entries      {found.Size}"));
        await output.WriteLineAsync($"root         {found.Root} (recomputed from the tiles of hashes)");
        await output.WriteLineAsync("not checked  entries, signatures of members, other checkpoints: they are for the operator's token (scope evidence:read)");
        await output.WriteLineAsync(found.Faults.Count == 0 ? "tree verified" : $"tree NOT verified: {found.Faults.Count} faults");
        return found.Faults.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Whether checkpoints that somebody has kept are over the beginning of this log, and so consistent with each other: from the few tiles that a proof needs.</summary>
    /// <param name="log">The log.</param>
    /// <param name="keys">The keys that count.</param>
    /// <param name="kept">Files with signed notes, or with receipts.</param>
    /// <param name="output">Where to.</param>
    public static async Task<int> CompareAsync(ILogSource log, IReadOnlyList<PublicKey> keys, IReadOnlyList<string> kept, TextWriter output)
    {
        var head = Verified(log.Head(), keys, "the head of the log");
        var notes = kept.Select(file => (Name: file, Checkpoint: Verified(KeptCheckpoint.Read(file), keys, file))).Append((Name: "the head of the log", Checkpoint: head)).OrderBy(note => note.Checkpoint.Size).ToList();
        var (tree, wrong) = (new TileTree(head.Size, log.Tile), 0);
        foreach (var (older, newer) in notes.Zip(notes.Skip(1)))
        {
            var fault = Fault(older.Checkpoint, newer.Checkpoint, head, tree);
            wrong += fault is null ? 0 : 1;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{older.Name} ({older.Checkpoint.Size} entries) and {newer.Name} ({newer.Checkpoint.Size}): {fault ?? "consistent"}"));
        }

        await output.WriteLineAsync($"root         {head.Root} of the head");
        await output.WriteLineAsync(wrong == 0 ? "consistency verified: each is over the beginning of the next" : "consistency NOT verified");
        return wrong == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string? Fault(Checkpoint older, Checkpoint newer, Checkpoint head, TileTree tree)
    {
        if (older.Origin != newer.Origin)
        {
            return $"they are of different logs, {older.Origin} and {newer.Origin}";
        }

        if (newer.Size > head.Size)
        {
            return "the log has fewer entries than that: it was rolled back";
        }

        try
        {
            return ConsistencyProof.Create(older.Size, newer.Size, tree.Root).Verify(older.RootHash(), newer.RootHash()) ? null : "the tiles do not prove that the one grew into the other";
        }
        catch (InvalidDataException missing)
        {
            return missing.Message;
        }
    }

    private static Checkpoint Verified(string note, IReadOnlyList<PublicKey> keys, string name)
    {
        foreach (var key in keys)
        {
            try
            {
                return SignedCheckpoint.Verify(note, key).Checkpoint;
            }
            catch (RefusalException refusal) when (refusal.Code == RefusalCode.Unauthenticated)
            {
                // Another key may fit.
            }
        }

        throw new RefusalException(RefusalCode.Unauthenticated, $"{name} is not signed by a key of the log.") { Term = "signature" };
    }
}
