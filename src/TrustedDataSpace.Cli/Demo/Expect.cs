using System.Net;
using TrustedDataSpace.Cli.Clients;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>What a step holds the space to. A failure says what was expected and what was seen.</summary>
internal static class Expect
{
    /// <summary>The two are equal.</summary>
    public static void Equal<T>(T expected, T seen, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, seen))
        {
            throw new StepFailedException($"{what}: {expected}", $"{seen}");
        }
    }

    /// <summary>It is so.</summary>
    public static void That(bool condition, string expected, string seen)
    {
        if (!condition)
        {
            throw new StepFailedException(expected, seen);
        }
    }

    /// <summary>The request is refused with this status, and the reason mentions the words.</summary>
    /// <returns>The reason, in one line.</returns>
    public static async Task<string> RefusalAsync(HttpStatusCode status, string mentions, Func<Task> request)
    {
        var expected = $"{(int)status} with a reason that mentions '{mentions}'";
        try
        {
            await request();
        }
        catch (ServiceRefusalException refusal)
        {
            That(
                refusal.Status == status && refusal.Everything.Contains(mentions, StringComparison.OrdinalIgnoreCase),
                expected,
                $"{(int)refusal.Status}: {refusal.Everything}");
            return $"{(int)status}: {refusal.Why}";
        }

        throw new StepFailedException(expected, "it was allowed");
    }
}
