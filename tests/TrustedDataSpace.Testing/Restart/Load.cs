using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Testing.Restart;

/// <summary>
/// What goes on while programs are killed: applications that read and try again, and contracts that are negotiated, used once and ended.
/// </summary>
public sealed class Load(KillableSpace space, Dice dice) : IAsyncDisposable
{
    private const int MostRows = 40_000;
    private static readonly TimeSpan BeforeRetry = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource stop = new();

    // Nobody knows how long something takes while its programs are killed; when they no longer are, it must not take long.
    private readonly CancellationTokenSource overdue = new();
    private readonly SemaphoreSlim begun = new(0);
    private readonly SemaphoreSlim ended = new(0);
    private readonly HttpClient applications = new() { BaseAddress = space.Consumer.Url, Timeout = Deadline.Limit };
    private readonly List<Task> workers = [];
    private long answered;
    private long retried;

    /// <summary>Requests that were answered in full.</summary>
    public long Answered => Interlocked.Read(ref answered);

    /// <summary>Attempts that failed and were made again.</summary>
    public long Retried => Interlocked.Read(ref retried);

    /// <summary>Applications that read under the contract until the load is stopped, or the contract allows no more.</summary>
    public void Read(Contract contract, int applicationCount) => workers.AddRange(Enumerable.Range(0, applicationCount).Select(_ => Task.Run(async () =>
    {
        while (!stop.IsCancellationRequested && await ReadAsync(contract))
        {
        }
    })));

    /// <summary>Contracts over the product, one after the other.</summary>
    public void Negotiate(string product) => workers.Add(Task.Run(async () =>
    {
        while (!stop.IsCancellationRequested)
        {
            await LifeOfContractAsync(product);
        }
    }));

    /// <summary>Completes when so many requests more have begun.</summary>
    public async Task BeginAsync(int requests)
    {
        while (await begun.WaitAsync(TimeSpan.Zero))
        {
        }

        for (var i = 0; i < requests; i++)
        {
            // A worker that has failed says why.
            var next = begun.WaitAsync();
            await Task.WhenAny([next, .. workers.Where(worker => !worker.IsCompletedSuccessfully)]).Within("requests to begin");
            await Task.WhenAll(workers.Where(worker => worker.IsFaulted));
            await next.Within("requests to begin");
        }
    }

    /// <summary>Completes when the next transfer ends.</summary>
    public async Task EndedAsync()
    {
        while (await ended.WaitAsync(TimeSpan.Zero))
        {
        }

        var next = ended.WaitAsync();
        await Task.WhenAny([next, .. workers]);
        await Task.WhenAll(workers.Where(worker => worker.IsFaulted));
        await next;
    }

    /// <summary>Lets everybody finish what was begun.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        overdue.CancelAfter(Deadline.Limit * 2);
        await Task.WhenAll(workers).WaitAsync(Deadline.Limit * 5);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await overdue.CancelAsync();
        applications.Dispose();
        await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        overdue.Dispose();
        begun.Dispose();
        ended.Dispose();
    }

    /// <summary>One use, tried until it is answered.</summary>
    /// <returns>False when the contract allows no more.</returns>
    public async Task<bool> ReadAsync(Contract contract)
    {
        var rows = dice.Next(8) switch { 0 => -1, 1 => dice.Next(MostRows), _ => dice.Next(200) };
        var key = dice.Next(2) == 0 ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)) : null;
        while (true)
        {
            begun.Release();
            switch (await TryAsync(contract, rows, key))
            {
                case true:
                    Interlocked.Increment(ref answered);
                    return true;
                case false:
                    return false;
                case null when stop.IsCancellationRequested:
                    return true;
            }

            Interlocked.Increment(ref retried);
            await space.UpAsync();
            await Task.Delay(BeforeRetry);
        }
    }

    // True: answered; false: refused for good; null: try again.
    private async Task<bool?> TryAsync(Contract contract, int rows, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/consume/{contract.Agreement}/rows/{(rows < 0 ? "none" : rows)}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", contract.Secret);
        if (key is not null)
        {
            request.Headers.Add(RetryRule.Header, key);
        }

        try
        {
            using var response = await applications.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    Fail.Unless(body == ScriptedSource.Rows(rows), $"an answer of {body.Length} characters is not the one to {rows} rows");
                    return true;
                case HttpStatusCode.NotFound when body.Length == 0:
                    return true;
                case HttpStatusCode.Forbidden when body.Contains("quota", StringComparison.Ordinal):
                    return false;
                default:
                    Fail.Unless((int)response.StatusCode is >= 500 or 409, $"a read was answered {(int)response.StatusCode} {body}");
                    return null;
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TaskCanceledException or System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    private async Task LifeOfContractAsync(string product)
    {
        var negotiation = await EventuallyAsync("a negotiation to begin", async () => await space.NegotiateAsync(product));
        negotiation = await EventuallyAsync("a negotiation to end", () => EndedAsync(negotiation.Id));
        Fail.Unless(negotiation.State == "FINALIZED", $"a negotiation is {negotiation.State}: {string.Join("; ", negotiation.Reasons)}");
        var contract = new Contract(negotiation.AgreementId!, await EventuallyAsync("a grant", async () => await space.GrantAsync(negotiation.AgreementId!)));
        var transfer = await EventuallyAsync(
            "a transfer to begin", async () => await space.Consumer.PostAsync<TransferView>(ManagementRoutes.Transfers, new TransferStart { AgreementId = contract.Agreement }));
        transfer = await EventuallyAsync("a transfer to start", () => LeftAsync(transfer.Id, "REQUESTED"));
        Fail.Unless(transfer.State == "STARTED", $"a transfer is {transfer.State}: {string.Join("; ", transfer.Reasons)}");
        await ReadAsync(contract);
        await EventuallyAsync("a transfer to end", () => TerminateAsync(transfer.Id));
        ended.Release();
    }

    private async Task<NegotiationView?> EndedAsync(string id)
    {
        var view = await space.Consumer.GetAsync<NegotiationView>(ManagementRoutes.For(ManagementRoutes.NegotiationById, id), wait: true);
        return view.State is "FINALIZED" or "TERMINATED" ? view : null;
    }

    private async Task<TransferView?> LeftAsync(string id, string state)
    {
        var view = await space.Consumer.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, id), wait: true);
        return view.State == state ? null : view;
    }

    private async Task<TransferView?> TerminateAsync(string id)
    {
        var view = await space.Consumer.GetAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, id));
        return view.State == "TERMINATED"
            ? view
            : await space.Consumer.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, id), new Termination { Reason = "no longer needed" });
    }

    // A program that is down, has just started, or misses another one: again, until it answers.
    private async Task<T> EventuallyAsync<T>(string what, Func<Task<T?>> attempt)
        where T : class
    {
        var last = "";
        while (true)
        {
            begun.Release();
            try
            {
                if (await attempt() is { } result)
                {
                    return result;
                }
            }
            catch (Exception failure) when (failure is HttpRequestException { StatusCode: null or >= HttpStatusCode.InternalServerError } or IOException or TaskCanceledException or System.Net.Sockets.SocketException)
            {
                last = failure.Message;
            }

            Fail.Unless(!overdue.IsCancellationRequested, $"waited {Deadline.Limit * 2} for {what} after the last kill: {last}");
            Interlocked.Increment(ref retried);
            await space.UpAsync();
            await Task.Delay(BeforeRetry);
        }
    }
}
