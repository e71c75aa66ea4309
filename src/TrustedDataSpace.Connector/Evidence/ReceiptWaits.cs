using System.Collections.Concurrent;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Connector.Evidence;

/// <summary>Who waits for the receipt of an entry, and whether the log answers at present.</summary>
internal sealed class ReceiptWaits(TimeProvider clock) : IDisposable
{
    /// <summary>More than this wait for nothing: the log does not keep up.</summary>
    public const int MostWaiting = 10_000;

    // A log that fails once is tried again at once; who comes in between need not know.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);
    private volatile Failure? failure;

    /// <summary>Set when there is an entry that somebody waits for: a batch is sent at once.</summary>
    public Signal Expected { get; } = new();

    /// <summary>Begins to wait for the receipt of an entry; in the unit of work that writes it, so that no receipt comes first.</summary>
    public Task Expect(UnitOfWork unit, string entry)
    {
        var wait = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[entry] = wait;
        unit.OnCommitted(Expected.Set);
        unit.OnLost(() => Forget(entry));
        return wait.Task;
    }

    /// <summary>Nobody waits for that any longer.</summary>
    public void Forget(string entry) => waiting.TryRemove(entry, out _);

    /// <summary>The receipt of these entries was verified, and is kept.</summary>
    public void Acknowledge(IReadOnlyList<EvidenceEntry> entries)
    {
        if (waiting.IsEmpty)
        {
            return;
        }

        foreach (var entry in entries)
        {
            if (waiting.TryRemove(entry.Id, out var wait))
            {
                wait.SetResult();
            }
        }
    }

    /// <summary>The log has answered.</summary>
    public void Answered() => failure = null;

    /// <summary>The log does not answer, or takes nothing.</summary>
    public void Silent(string reason) => failure = new Failure(reason, failure?.Since ?? clock.GetTimestamp());

    /// <summary>Why no receipt can be expected now; null: one can.</summary>
    public string? Silence() => failure is { } present && clock.GetElapsedTime(present.Since) >= Patience ? present.Reason
        : waiting.Count >= MostWaiting ? $"{MostWaiting} uses wait for it already"
        : null;

    public void Dispose() => Expected.Dispose();

    private sealed record Failure(string Reason, long Since);
}
