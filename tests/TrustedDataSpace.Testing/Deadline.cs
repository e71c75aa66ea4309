namespace TrustedDataSpace.Testing;

/// <summary>Waiting for events, with a limit that names itself.</summary>
public static class Deadline
{
    /// <summary>Long enough for a loaded machine, short enough to see a hang.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The result, or a failure that says what was waited for.</summary>
    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Limit} for {what}.");
        }
    }

    /// <summary>The end of the task, or a failure that says what was waited for.</summary>
    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Limit} for {what}.");
        }
    }
}
