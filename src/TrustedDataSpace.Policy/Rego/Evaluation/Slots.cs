using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TrustedDataSpace.Policy.Rego.Evaluation;

/// <summary>Writing into arrays of values.</summary>
internal static class Slots
{
    /// <summary>
    /// Puts a value into an array that was made as one of <see cref="RegoValue"/>. The runtime would look at each store whether the
    /// array is one of a derived class, which is a tenth of an evaluation; no such array is made.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(this RegoValue?[] slots, int slot, RegoValue? value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)slots.Length, nameof(slot));
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), slot) = value;
    }
}
