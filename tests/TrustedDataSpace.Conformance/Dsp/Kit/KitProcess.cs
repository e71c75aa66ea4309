using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Conformance.Dsp.Kit;

/// <summary>A negotiation or a transfer as the kit sees it. It plays the part that the connector under test does not.</summary>
internal abstract class KitProcess(Kit kit, DspRole role)
{
    private readonly Lock gate = new();
    private TaskCompletionSource changed = NewSignal();
    private string? state;
    private string? failure;

    protected Kit Kit { get; } = kit;

    /// <summary>The kit's part.</summary>
    protected DspRole Role { get; } = role;

    protected string OwnPid { get; } = Guid.NewGuid().ToString();

    /// <summary>The connector's process id; null until it is known.</summary>
    protected string? OtherPid { get; private set; }

    /// <summary>Where the connector wants the messages of this process.</summary>
    protected string Address { get; private set; } = kit.Settings.ConnectorUrl;

    /// <summary>First segment of the paths.</summary>
    protected abstract string Collection { get; }

    /// <summary>Type of the document that tells the state.</summary>
    protected abstract string StateType { get; }

    /// <summary>Type of the document that refuses.</summary>
    protected abstract string ErrorType { get; }

    /// <summary>From here on the kit answers to that message of the connector.</summary>
    public void Expect(KitMessage kind) => Kit.Listener.Expect($"/{Collection}/*/{kind.Path}", message => Receive(kind, message));

    /// <summary>Waits until a message has brought the kit's process there.</summary>
    public async Task ReachAsync(string expected)
    {
        using var limit = new CancellationTokenSource(Kit.Settings.Wait);
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (failure is not null)
                {
                    throw new KitFailureException(failure);
                }

                if (state == expected)
                {
                    return;
                }

                next = changed.Task;
            }

            try
            {
                await next.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new KitFailureException($"The process is {state ?? "not there"}; waited {Kit.Settings.Wait} for {expected}.");
            }
        }
    }

    /// <summary>Sends a message that the connector must take.</summary>
    public async Task SendAsync(KitMessage kind)
    {
        await Task.Delay(KitTiming.BeforeNext);
        var reply = await Kit.Client.PostAsync(UrlOf(kind), Write(kind));
        Kit.Judge(reply.Status == 200, $"{kind.Type} was answered {reply.Status}, not 200");
        JudgeState(reply.Body, kind.State);
        await Task.Delay(KitTiming.Processing);
        Enter(kind.State);
    }

    /// <summary>Sends a message that the connector must refuse.</summary>
    public async Task SendRefusedAsync(KitMessage kind)
    {
        await Task.Delay(KitTiming.BeforeNext);
        var reply = await Kit.Client.PostAsync(UrlOf(kind), Write(kind), refused: true);
        Kit.Judge(reply.Status == 400, $"{kind.Type} was refused with {reply.Status}, not 400");
        Kit.Judge(DspJson.TypeOf(reply.Body) == ErrorType && Kit.Specification.Fault(reply.Body) is null, $"The refusal is no {ErrorType}: {reply.Text}");
        Kit.Judge(Has(reply.Body, "code") && Has(reply.Body, "reason"), $"The refusal does not say why: {reply.Text}");
    }

    /// <summary>Looks whether the connector's process is in that state.</summary>
    public abstract Task VerifyAsync(string expected);

    protected async Task<string?> LookAsync()
    {
        var reply = await Kit.Client.GetAsync($"{Address}/{Collection}/{OtherPid}");
        Kit.Require(reply.Body, StateType);
        return reply.Body.GetProperty("state").GetString();
    }

    /// <summary>Begins as consumer.</summary>
    protected async Task OpenAsync(KitMessage request)
    {
        var message = Kit.Message(request.Type);
        message["consumerPid"] = OwnPid;
        message["callbackAddress"] = Kit.Settings.CallbackAddress;
        Fill(request, message);
        var reply = await Kit.Client.PostAsync($"{Address}/{Collection}/request", message);
        Kit.Judge(reply.Status == 201, $"The first request was answered {reply.Status}, not 201");
        Kit.Require(reply.Body, StateType);
        JudgeState(reply.Body, request.State);
        await Task.Delay(KitTiming.Processing);
        OtherPid = reply.Body.GetProperty("providerPid").GetString();
        Enter(request.State);
    }

    /// <summary>Waits for the connector's first request, as provider. The same request again finds the same process.</summary>
    protected async Task AwaitRequestAsync(KitMessage request, string trigger, JsonObject order)
    {
        Kit.Listener.Expect($"/{Collection}/request", message => ReceiveRequest(request, message));
        await Kit.Client.PostAsync(trigger, order);
        await ReachAsync(request.State);
    }

    /// <summary>What the message says beside its process ids.</summary>
    protected abstract void Fill(KitMessage kind, JsonObject message);

    /// <summary>What is wrong with a message of the connector, beyond its form.</summary>
    protected abstract void JudgeReceived(KitMessage kind, JsonElement message);

    /// <summary>Whether the kit's own table allows the step.</summary>
    protected abstract bool May(DspRole by, string? from, string to);

    /// <summary>What the kit does with a message that comes before it is ready for it.</summary>
    protected abstract KitAnswer TooEarly();

    private string UrlOf(KitMessage kind) => $"{Address}/{Collection}/{OtherPid}/{kind.Path}";

    private JsonObject Write(KitMessage kind)
    {
        var message = Kit.Message(kind.Type);
        message["providerPid"] = Role == DspRole.Provider ? OwnPid : OtherPid;
        message["consumerPid"] = Role == DspRole.Consumer ? OwnPid : OtherPid;
        Fill(kind, message);
        return message;
    }

    private KitAnswer Receive(KitMessage kind, JsonElement message)
    {
        lock (gate)
        {
            if (OtherPid is null || !May(Other(Role), state, kind.State))
            {
                return TooEarly();
            }

            if (Fault(kind, message) is { } fault)
            {
                return Fail(fault);
            }

            JudgeReceived(kind, message);
            EnterLocked(kind.State);
            return new KitAnswer(200, kind.HasAnswer ? StateDocument() : null);
        }
    }

    private KitAnswer ReceiveRequest(KitMessage request, JsonElement message)
    {
        lock (gate)
        {
            if (Kit.Fault(message) is { } fault || !request.Is(message))
            {
                return Fail($"This is no {request.Type}: {message.GetRawText()}");
            }

            OtherPid ??= message.GetProperty("consumerPid").GetString();
            Address = message.GetProperty("callbackAddress").GetString()!.TrimEnd('/');
            JudgeReceived(request, message);
            EnterLocked(request.State);
            return new KitAnswer(200, StateDocument(), KeepsHandler: true);
        }
    }

    private string? Fault(KitMessage kind, JsonElement message)
    {
        var (provider, consumer) = Role == DspRole.Provider ? (OwnPid, OtherPid) : (OtherPid, OwnPid);
        return Kit.Fault(message) is { } fault ? $"{fault}: {message.GetRawText()}"
            : !kind.Is(message) ? $"This is no {kind.Type} for {kind.State}: {message.GetRawText()}"
            : message.GetProperty("providerPid").GetString() != provider || message.GetProperty("consumerPid").GetString() != consumer
                ? $"It names another process: {message.GetRawText()}"
                : null;
    }

    private KitAnswer Fail(string why)
    {
        failure = why;
        Wake();
        return new KitAnswer(400, "{}"u8.ToArray());
    }

    private byte[] StateDocument()
    {
        var document = Kit.Message(StateType);
        document["providerPid"] = Role == DspRole.Provider ? OwnPid : OtherPid;
        document["consumerPid"] = Role == DspRole.Consumer ? OwnPid : OtherPid;
        document["state"] = state;
        return ProtocolJson.Write(document);
    }

    private void JudgeState(JsonElement body, string expected) => Kit.Judge(
        body.ValueKind == JsonValueKind.Undefined
        || (Kit.Specification.Fault(body) is null && DspJson.TypeOf(body) == StateType && body.GetProperty("state").ValueEquals(expected)),
        $"The answer is no {StateType} in state {expected}: {body}");

    private void Enter(string entered)
    {
        lock (gate)
        {
            // The connector's next message may have been faster.
            if (May(Role, state, entered))
            {
                EnterLocked(entered);
            }
        }
    }

    private void EnterLocked(string entered)
    {
        state = entered;
        Wake();
    }

    private void Wake()
    {
        var waiting = changed;
        changed = NewSignal();
        waiting.SetResult();
    }

    private static bool Has(JsonElement document, string name) => document.ValueKind == JsonValueKind.Object && document.TryGetProperty(name, out _);

    private static DspRole Other(DspRole role) => role == DspRole.Consumer ? DspRole.Provider : DspRole.Consumer;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
