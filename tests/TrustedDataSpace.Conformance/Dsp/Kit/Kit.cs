using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Testing.Dsp;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>
/// The other party of a connector under test: plays what the public conformance kit (dsp-tck) plays, with its messages, its answers and
/// its timing. Written from a description of the kit and from captured messages, because the kit itself is not on the build machines.
/// </summary>
internal sealed class Kit : IAsyncDisposable
{
    /// <summary>What the kit is called as a participant.</summary>
    public const string Participant = "TCK_PARTICIPANT";

    private readonly ConcurrentQueue<string> remarks = new();

    private Kit(KitSettings settings, KitListener listener)
    {
        Settings = settings;
        Listener = listener;
        Client = new KitClient(settings);
    }

    public KitSettings Settings { get; }

    public KitListener Listener { get; }

    public KitClient Client { get; }

    /// <summary>The schemas of the specification, which the kit does not have in all places.</summary>
    public DspSchemas Specification { get; } = DspSchemas.OfTheSpecification();

    private DspSchemas Schemas { get; } = DspSchemas.OfTheKit();

    /// <summary>
    /// The kit forgets a transfer whose first message comes before it has looked at the answer to its request. On a machine that does much
    /// else at once that is chance and says nothing about the connector: then it may come again.
    /// </summary>
    public bool Forgives { get; init; }

    public static async Task<Kit> StartAsync(KitSettings settings, bool forgives = false) =>
        new(settings, await KitListener.StartAsync(settings.CallbackAddress)) { Forgives = forgives };

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Listener.DisposeAsync();
    }

    /// <summary>Runs one test.</summary>
    public async Task<KitResult> RunAsync(KitCase test)
    {
        remarks.Clear();
        var begun = Stopwatch.GetTimestamp();
        string? failure = null;
        try
        {
            await test.RunAsync(this);
        }
        catch (Exception failed) when (failed is KitFailureException or HttpRequestException or TaskCanceledException or KeyNotFoundException or InvalidOperationException)
        {
            failure = failed.Message;
        }

        Listener.Forget();
        return new KitResult(test.Id, failure, [.. remarks], Stopwatch.GetElapsedTime(begun));
    }

    /// <summary>A message as the kit begins it.</summary>
    public static JsonObject Message(string type) => new()
    {
        ["@id"] = Guid.NewGuid().ToString(),
        ["@type"] = type,
        ["@context"] = new JsonArray(DspConstants.Context),
    };

    /// <summary>What the kit finds wrong with a message; what only the specification does is a remark.</summary>
    public string? Fault(JsonElement message)
    {
        if (Specification.Fault(message) is { } fault)
        {
            remarks.Enqueue($"{fault}: {message.GetRawText()}");
        }

        return Schemas.Fault(message);
    }

    /// <summary>A document that must be of that type, and valid.</summary>
    public void Require(JsonElement document, string type)
    {
        if (DspJson.TypeOf(document) != type || Fault(document) is not null)
        {
            throw new KitFailureException($"This is no {type}: {document}");
        }
    }

    /// <summary>What the specification demands and the kit does not look at.</summary>
    public void Judge(bool fits, string remark)
    {
        if (!fits)
        {
            remarks.Enqueue(remark);
        }
    }
}

/// <summary>How one test ended.</summary>
/// <param name="Id">For example <c>CN_C:02-03</c>.</param>
/// <param name="Failure">Why it failed; null when it passed.</param>
/// <param name="Remarks">What the specification forbids and the kit lets pass.</param>
/// <param name="Time">How long it took.</param>
internal sealed record KitResult(string Id, string? Failure, IReadOnlyList<string> Remarks, TimeSpan Time);
