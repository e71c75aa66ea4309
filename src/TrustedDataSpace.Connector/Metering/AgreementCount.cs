using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>Provider: what one agreement has used so far, reservations included. Safe for concurrent use.</summary>
/// <param name="id">The agreement.</param>
/// <param name="used">Uses until now.</param>
/// <param name="purposes">The purposes it was used for until now.</param>
internal sealed class AgreementCount(string id, long used, IEnumerable<string> purposes)
{
    /// <summary>
    /// Most different purposes under one agreement. A record lists every purpose of its interval and is signed as one token: without a
    /// bound it could grow past what can be sent.
    /// </summary>
    public const int MostPurposes = 32;

    private readonly Lock gate = new();
    private readonly List<string> purposes = [.. purposes];
    private long used = used;

    /// <summary>The agreement.</summary>
    public string Id => id;

    /// <summary>Takes one use; returns how many there are with it.</summary>
    /// <exception cref="RefusalException">Malformed: one purpose too many.</exception>
    public long Take(string purpose)
    {
        lock (gate)
        {
            if (!purposes.Contains(purpose))
            {
                Add(purpose);
            }

            return ++used;
        }
    }

    /// <summary>Gives one use back.</summary>
    public void Return()
    {
        lock (gate)
        {
            used--;
        }
    }

    private void Add(string purpose)
    {
        if (purposes.Count >= MostPurposes)
        {
            throw new RefusalException(RefusalCode.Malformed, $"This agreement has been used for {MostPurposes} different purposes already.") { Where = DataPlane.DataHeaders.Purpose, Remedy = "declare one of those" };
        }

        purposes.Add(purpose);
    }
}
