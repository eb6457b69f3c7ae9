import { userClient } from "./client";
export const Page = ({ id }: { id: string }) => (
  <div onClick={() => userClient.getUser({ id })}>{/* c */} {id ? <b>{`${id}`}</b> : <></>} &nbsp; </div>
);
