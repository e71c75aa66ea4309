using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Assets;

internal static class Refusals
{
    /// <summary>Refuses a definition with everything that is wrong with it.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public static void ThrowIfAny(string what, IEnumerable<RefusalReason> problems)
    {
        var all = problems.ToList();
        if (all.Count > 0)
        {
            throw new RefusalException(RefusalCode.Malformed, $"The {what} is refused: {string.Join("; ", all.Select(problem => $"{problem.Term}: {problem.Message}"))}.")
            {
                Term = all[0].Term,
                Remedy = all[0].Remedy,
                Reasons = all,
            };
        }
    }
}
