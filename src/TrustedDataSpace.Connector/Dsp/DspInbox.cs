using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>Remembers which messages of peers were acted on: delivery is at least once, effect is once.</summary>
internal static class DspInbox
{
    /// <summary>Longer than any peer goes on trying; what comes again after that is judged by the state alone.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>Whether to act on the message, or to answer as before and change nothing. Without an id only the state tells.</summary>
    /// <param name="unit">Of the command: a refusal rolls the note back together with the rest.</param>
    /// <param name="message">The message.</param>
    /// <param name="isThere">Whether the process already stands where the message leads.</param>
    public static bool HasEffect<T>(UnitOfWork unit, DspMessage<T> message, bool isThere) =>
        (message.Id is null || IsNew(unit, message.Sender, NameOf(message))) && !isThere;

    /// <summary>Whether the message was acted on before; notes nothing.</summary>
    public static bool WasActedOn<T>(UnitOfWork unit, DspMessage<T> message) => message.Id is not null && unit.Find<long>(
        "SELECT count(*) FROM dsp_inbox WHERE space_id = @Space AND counterparty = @Sender AND message = @Message",
        new { unit.Space, message.Sender, Message = NameOf(message) }) > 0;

    private static string NameOf<T>(DspMessage<T> message) => $"{typeof(T).Name} {message.Id}";

    private static bool IsNew(UnitOfWork unit, string counterparty, string message)
    {
        var now = unit.Now.ToUnixTimeMilliseconds();
        unit.Execute(
            "DELETE FROM dsp_inbox WHERE space_id = @Space AND received_at < @Oldest",
            new { unit.Space, Oldest = now - (long)Memory.TotalMilliseconds });
        return unit.Execute(
            """
            INSERT INTO dsp_inbox (space_id, counterparty, message, received_at) VALUES (@Space, @counterparty, @message, @now)
            ON CONFLICT (space_id, counterparty, message) DO NOTHING
            """,
            new { unit.Space, counterparty, message, now }) == 1;
    }
}
