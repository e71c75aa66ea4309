using TrustedDataSpace.Protocol.Errors;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Dsp;

internal static class Refusals
{
    /// <summary>The refusal that the task ends with.</summary>
    public static Task<RefusalException> Refused(this Task task) => Assert.ThrowsAsync<RefusalException>(() => task);
}
