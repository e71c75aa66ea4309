namespace TrustedDataSpace.Cli.Clients;

/// <summary>
/// Asks again for what arrives by message, where the service asked has nothing to wait on: the application of a stranger, a
/// product on its way to the catalog of the space, evidence that a message still under way adds to.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The first answer that will do; after 20 s the last one, for the caller to judge.</summary>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, Func<T, bool> willDo, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Pause);
        while (true)
        {
            var answer = await ask();
            if (willDo(answer) || TimeProvider.System.GetElapsedTime(start) > Limit)
            {
                return answer;
            }

            await timer.WaitForNextTickAsync(cancellation);
        }
    }
}
