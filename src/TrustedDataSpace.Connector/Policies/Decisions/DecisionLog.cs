using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using System.Threading.Channels;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Policies.Decisions;

/// <summary>
/// Writes decisions to a file, off the way of the requests: a decision is put into a bounded queue, and when that is full it is dropped
/// and counted. The log is for operators and their tools; what counts as proof is the evidence trail, of which nothing is dropped.
/// </summary>
internal sealed class DecisionLog : BackgroundService
{
    private const string MeterName = "TrustedDataSpace.Policies";

    private readonly DecisionLogOptions options;
    private readonly DecisionLine line;
    private readonly TimeProvider clock;
    private readonly ILogger<DecisionLog> logger;
    private readonly Channel<(DecisionEvent Decision, DateTimeOffset Time)>? queue;
    private readonly Meter meter = new(MeterName);
    private long written;
    private long dropped;
    private bool isDropping;

    public DecisionLog(ConnectorSettings settings, TimeProvider clock, ILogger<DecisionLog> logger)
    {
        options = settings.Policies.DecisionLog;
        (this.clock, this.logger) = (clock, logger);
        line = new DecisionLine(options.Mask, new Dictionary<string, string>
        {
            ["id"] = settings.Participant.Id,
            ["version"] = typeof(DecisionLog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0",
            ["space"] = settings.Space.Id,
        });
        meter.CreateObservableCounter("tds.policy.decision_log.written", () => Interlocked.Read(ref written), "{decision}", "Decisions written to the decision log.");
        meter.CreateObservableCounter("tds.policy.decision_log.dropped", () => Interlocked.Read(ref dropped), "{decision}", "Decisions that the decision log had to leave out.");
        queue = options.File is null ? null : Channel.CreateBounded<(DecisionEvent, DateTimeOffset)>(new BoundedChannelOptions(options.Capacity)
        {
            SingleReader = true,
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    /// <summary>Whether decisions are logged.</summary>
    public bool IsOn => queue is not null;

    /// <summary>How much was written and dropped since the start; null when nothing is logged.</summary>
    public DecisionLogStatus? Status => IsOn ? new DecisionLogStatus { Written = Interlocked.Read(ref written), Dropped = Interlocked.Read(ref dropped) } : null;

    /// <summary>Takes a decision, or drops it; never waits.</summary>
    public void Add(DecisionEvent decision)
    {
        if (queue is not null && !queue.Writer.TryWrite((decision, clock.GetUtcNow())))
        {
            Drop(1);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits is written before the end; nothing new comes in. A worker that was stopped before it ran has written nothing.
        queue?.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is { IsCanceled: true })
        {
            await WriteAllAsync();
        }
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => WriteAllAsync();

    // Until the queue is completed and empty.
    private async Task WriteAllAsync()
    {
        if (queue is null)
        {
            return;
        }

        var batch = new StringBuilder();
        while (await queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            var count = 0;
            while (batch.Length < 1 << 16 && queue.Reader.TryRead(out var next))
            {
                batch.Append(line.Of(next.Decision, next.Time).ToJsonString()).Append('\n');
                count++;
            }

            await WriteAsync(batch.ToString(), count);
        }
    }

    private async Task WriteAsync(string lines, int count)
    {
        try
        {
            Rotate();
            await using var file = new FileStream(options.File!, OpenPrivately);
            await file.WriteAsync(Encoding.UTF8.GetBytes(lines), CancellationToken.None);
            Interlocked.Add(ref written, count);
            isDropping = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk must not stop decisions; that they are not logged is seen in the count and, once, here.
            logger.DecisionsNotWritten(options.File!, failure.Message);
            Drop(count);
        }
    }

    // Inputs name participants and what they do: for this user alone.
    private static FileStreamOptions OpenPrivately
    {
        get
        {
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return options;
        }
    }

    private void Rotate()
    {
        var file = new FileInfo(options.File!);
        if (!file.Exists || file.Length < options.MaxFileBytes)
        {
            return;
        }

        if (options.KeepFiles == 0)
        {
            file.Delete();
            return;
        }

        File.Delete($"{file.FullName}.{options.KeepFiles}");
        for (var number = options.KeepFiles - 1; number >= 1; number--)
        {
            if (File.Exists($"{file.FullName}.{number}"))
            {
                File.Move($"{file.FullName}.{number}", $"{file.FullName}.{number + 1}", overwrite: true);
            }
        }

        File.Move(file.FullName, $"{file.FullName}.1", overwrite: true);
    }

    private void Drop(int count)
    {
        Interlocked.Add(ref dropped, count);
        if (!Volatile.Read(ref isDropping))
        {
            Volatile.Write(ref isDropping, true);
            logger.DecisionsDropped(options.Capacity);
        }
    }
}
