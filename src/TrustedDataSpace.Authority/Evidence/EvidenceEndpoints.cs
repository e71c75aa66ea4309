using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Authority.Access;
using TrustedDataSpace.Authority.Participants;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;

namespace TrustedDataSpace.Authority.Evidence;

internal static class EvidenceEndpoints
{
    private const int MaxPage = 1000;

    public static IServiceCollection AddEvidenceLog(this IServiceCollection services) => services
        .AddSingleton<EvidenceLog>()
        .AddSingleton<LogHold>()
        .AddSingleton<LogCopies>()
        .AddSingleton<LogReproduction>()
        .AddSingleton<LogReturns>()
        .AddSingleton<LogFiles>()
        .AddSingleton<AppendLimits>()
        .AddSingleton<MemberBatches>()
        .AddSingleton<LogPublisher>()
        .AddHostedService(services => services.GetRequiredService<LogPublisher>())
        .AddSingleton<LogReader>()
        .AddSingleton<Witnesses>()
        .AddSingleton<LogSuccession>()
        .AddSingleton<CheckpointDeadline>()
        .AddHostedService(services => services.GetRequiredService<CheckpointDeadline>())
        .AddSingleton<OwnBatches>()
        .AddHostedService<OwnEvidenceLogger>();

    public static void MapEvidenceLog(this IEndpointRouteBuilder app)
    {
        var members = app.MapMembers();
        members.MapPost(AuthorityRoutes.EvidenceBatches, AppendAsync);
        members.MapPost(AuthorityRoutes.EvidenceCosignatures, CosignAsync);
        members.MapGet(AuthorityRoutes.EvidenceReturns, (LogReturns returns) => TypedResults.Ok(returns.Status()));
        members.MapPost(AuthorityRoutes.EvidenceReturns, ReturnAsync);
        members.MapGet(AuthorityRoutes.EvidenceCopies, Copies);

        var readers = app.MapMembersAndOperator("evidence");
        readers.MapGet(AuthorityRoutes.EvidenceCheckpoint, (LogReader reader, Witnesses witnesses) => TypedResults.Text(witnesses.WithLines(reader.Latest()).Note, "text/plain"));
        readers.MapGet(AuthorityRoutes.EvidenceInclusion, (long index, long size, LogReader reader) => TypedResults.Ok(reader.Inclusion(index, size)));
        readers.MapGet(AuthorityRoutes.EvidenceConsistency, (long from, long to, LogReader reader) => TypedResults.Ok(reader.Consistency(from, to)));

        // Who deals with whom, and what was refused to whom, is nothing for other members: one proves its own entries, and that the
        // log only grew, with the checkpoint and the proofs.
        var auditors = app.MapManagement("evidence");
        auditors.MapGet(AuthorityRoutes.EvidenceEntries, Entries);
        auditors.MapGet(AuthorityRoutes.EvidenceExport, ExportAsync);
        auditors.MapGet(AuthorityRoutes.EvidenceCheckpoints, Checkpoints);
        auditors.MapGet(AuthorityRoutes.EvidenceBatches, Batches);
        auditors.MapGet(AuthorityRoutes.EvidenceHold, (LogSuccession succession) => TypedResults.Ok(succession.Status()));
        auditors.MapPost(AuthorityRoutes.EvidenceResumption, ResumeAsync);
        auditors.MapPost(AuthorityRoutes.EvidenceSuccession, SucceedAsync);
        app.MapTiles();
    }

    private static async Task<Ok<EvidenceReceipt>> AppendAsync(EvidenceBatch batch, long? seen, HttpContext context, MemberBatches members, LogPublisher publisher, LogReader reader, LogHold hold)
    {
        if (batch.Source != Caller.MemberOf(context.User))
        {
            throw new RefusalException(RefusalCode.Forbidden, "A member logs its own evidence only.") { Term = "source" };
        }

        // Not added to what may be an old copy of the log: the member keeps what it has until this is settled.
        if (seen > publisher.Latest.Size)
        {
            if (hold.IsHeld)
            {
                hold.Claims[batch.Source] = seen.Value;
            }

            throw new RefusalException(RefusalCode.Conflict, $"You have seen the log with {seen} entries, it has {publisher.Latest.Size}: it was rolled back, or you take it for another.") { Term = "seen" };
        }

        var (first, count) = await members.AppendAsync(batch, context.Response);
        await publisher.WaitAsync(first + count, context.RequestAborted);
        return TypedResults.Ok(reader.Receipt(batch.Id, first, count, seen));
    }

    private static async Task<Ok<LogCollectionStatus>> ReturnAsync(LogReturn part, HttpContext context, LogReturns returns) =>
        TypedResults.Ok(await returns.TakeAsync(Caller.MemberOf(context.User), part));

    private static Ok<Page<SealedEntry>> Copies(long? from, long? to, int? limit, LogReader reader)
    {
        var most = Paging.Limit(limit, LogReturn.MaxOwn);
        var found = reader.Copies(from ?? 0, to ?? long.MaxValue, most + 1);
        var page = LogReturn.Part(found.Take(most));
        return TypedResults.Ok(new Page<SealedEntry>(page, found.Count > page.Count ? Number(found[page.Count].Index) : null));
    }

    private static async Task<Ok<LogHoldStatus>> ResumeAsync(LogContinuation continuation, LogSuccession succession)
    {
        await succession.ResumeAsync(continuation.Checkpoint);
        return TypedResults.Ok(succession.Status());
    }

    private static async Task<Ok<LogHoldStatus>> SucceedAsync(LogContinuation continuation, LogSuccession succession)
    {
        await succession.SucceedAsync(continuation.Checkpoint, continuation.Reason is { Length: > 0 and <= 2000 } reason
            ? reason
            : throw new RefusalException(RefusalCode.Malformed, "A reason of 1 to 2,000 characters is needed: it stands in the log.") { Term = "reason" });
        return TypedResults.Ok(succession.Status());
    }

    private static async Task<NoContent> CosignAsync(Cosignature signature, HttpContext context, Witnesses witnesses)
    {
        await witnesses.AddAsync(Caller.MemberOf(context.User), signature);
        return TypedResults.NoContent();
    }

    private static Ok<Page<EvidenceEntry>> Entries(long? from, int? limit, LogReader reader)
    {
        var (first, most) = (from ?? 0, Paging.Limit(limit, MaxPage));
        if (first < 0)
        {
            throw new RefusalException(RefusalCode.Malformed, "from must be 0 or more.") { Term = "from" };
        }

        // What is not under a checkpoint yet is not shown: nothing could prove it.
        var size = reader.Latest().Size;
        var entries = reader.Entries(first, Math.Min(most, Math.Max(0, size - first)));
        var next = first + entries.Count;
        return TypedResults.Ok(new Page<EvidenceEntry>(entries, next < size ? Number(next) : null));
    }

    private static Ok<Page<string>> Checkpoints(long? from, int? limit, LogReader reader, Witnesses witnesses)
    {
        var most = Paging.Limit(limit, MaxPage);
        var found = reader.Checkpoints(from ?? 0, most + 1);
        return TypedResults.Ok(new Page<string>([.. found.Take(most).Select(row => witnesses.WithLines(row).Note)], found.Count > most ? Number(found[most].Size) : null));
    }

    private static Ok<Page<LoggedBatch>> Batches(long? from, int? limit, LogReader reader)
    {
        var most = Paging.Limit(limit, MaxPage);
        var found = reader.Batches(from ?? 0, most + 1);
        return TypedResults.Ok(new Page<LoggedBatch>([.. found.Take(most)], found.Count > most ? Number(found[most].First) : null));
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task ExportAsync(HttpResponse response, LogReader reader, KeyStore keys, CancellationToken cancellation)
    {
        var key = keys.First(AuthorityKey.Name).Public;
        var checkpoint = SignedCheckpoint.Verify(reader.Latest().Note, key);
        response.ContentType = EvidenceExport.MediaType;
        await EvidenceExport.WriteAsync(response.Body, checkpoint, key, EntriesUpTo(checkpoint.Checkpoint.Size, reader, cancellation), cancellation);
    }

    private static async IAsyncEnumerable<EvidenceEntry> EntriesUpTo(long size, LogReader reader, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        for (var from = 0L; from < size; from += MaxPage)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var entry in reader.Entries(from, Math.Min(MaxPage, size - from)))
            {
                yield return entry;
            }
        }
    }
}
