/** The API's messages about a field, announced as they arrive. */
export const Messages = ({ id, messages }: { id: string; messages: readonly string[] }) => (
  <div id={id} aria-live="polite" className="font-medium text-bad">
    {messages.map((message) => (
      <p key={message}>{message}</p>
    ))}
  </div>
);
