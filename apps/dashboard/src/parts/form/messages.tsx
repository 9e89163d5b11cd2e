/** What the API said about a field, announced when it comes. */
export const Messages = ({ id, messages }: { id: string; messages: readonly string[] }) => (
  <div id={id} aria-live="polite" className="font-medium text-bad">
    {messages.map((message) => (
      <p key={message}>{message}</p>
    ))}
  </div>
);
